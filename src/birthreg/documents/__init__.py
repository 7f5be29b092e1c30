"""Documents: photos and scans of certificates, and faces, read and compared as advice; people decide."""
