"""The languages of the pages: which texts there are, their catalogues, and the engine's fixed words in them."""
