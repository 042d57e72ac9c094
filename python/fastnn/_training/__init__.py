"""How models are trained and judged: what data they get, in which batches, and who is told."""
