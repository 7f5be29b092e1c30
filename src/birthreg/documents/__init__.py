"""Reading photos and scans of certificates, and comparing papers and faces: advice with an error rate; people decide."""
