"""How search follows instructions: made-up papers, pairs of instructions, and p-MRR."""
