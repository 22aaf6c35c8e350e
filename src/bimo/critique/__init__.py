"""Critics: findings that show their evidence, and measures of a text."""
