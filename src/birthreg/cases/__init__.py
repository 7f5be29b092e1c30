"""Cases: what is suspicious about one child or one number, worked on by investigators to a conclusion."""
