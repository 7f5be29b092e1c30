"""Files of usages, issuances and void numbers: read, staged, checked, merged and reported."""
