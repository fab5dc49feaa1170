"""What the books say: scores, pharmacogenetics, decision tables, protocols, advice."""
