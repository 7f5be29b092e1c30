"""Photos and scans of certificates, and faces, read and compared as advice with an error rate; people decide."""
