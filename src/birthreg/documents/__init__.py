"""Photos and scans of certificates, read and compared; faces compared: advice with an error rate; people decide."""
