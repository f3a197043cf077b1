"""Language models behind `functions.ports.Model`: providers, router, breaker, budget, prices."""
