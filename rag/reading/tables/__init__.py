"""From cells to rows that can be cited."""
