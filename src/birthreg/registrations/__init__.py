"""Applications, the policy that judges them, approvals, corrections, revocations."""
