"""Filing (备案) with the level above: the outbox, its delivery within 30 minutes, and the receiving from below."""
