"""Models of other libraries, and models for them."""
