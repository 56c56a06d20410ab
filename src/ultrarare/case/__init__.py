"""The domain: a case folder read into frozen values, with every problem reported at once."""
