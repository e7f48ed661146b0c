"""Plan questions, answer them, read the whole sheet again, render it; weekly digests."""
