"""The rounding error granted to sums of floating point numbers; `@compiled` code reads it, and is named after it."""

# Relative rounding error granted to one product or sum of a few doubles; 2^-53 each, taken fifty times too large.
ROUNDING = 1e-14
