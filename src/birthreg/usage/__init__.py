"""The narrow fact: this number was claimed or used, once."""
