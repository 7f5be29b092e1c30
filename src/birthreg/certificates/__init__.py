"""The certificate number (出生医学证明编号): its grammar, and what health authorities issued."""
