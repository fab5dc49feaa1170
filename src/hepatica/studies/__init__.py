"""Studies: what many patients show; frames and a definition in, a result out."""
