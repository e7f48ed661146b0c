"""Word pieces kept in a few bytes each, through a learned projection, and compared with a query's by MaxSim."""
