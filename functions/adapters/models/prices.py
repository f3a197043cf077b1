"""What a call costs. None where nobody knows: an unknown price is not a price of nothing."""

from msgspec import Struct

from functions.providers import ModelEntry, Price, Provider


class Tokens(Struct, frozen=True):
    """What a call took. `cached` is part of `input`. `estimated`: the provider did not say."""

    input: int
    output: int
    cached: int = 0
    estimated: bool = False

    @property
    def total(self) -> int:
        """Input and output together."""
        return self.input + self.output


def usd(provider: Provider, model: ModelEntry, tokens: Tokens) -> float | None:
    """US dollars: 0 for a local one, by the file's own price, by the installed list, or None.

    >>> far = Provider("far", "https://models.example/v1", (ModelEntry("big", price=Price(2, 10, 0.5)),))
    >>> usd(far, far.models[0], Tokens(1_000_000, 100_000, cached=500_000))
    2.25
    >>> usd(far, ModelEntry("nobody-knows-it"), Tokens(1, 1)) is None
    True
    """
    if provider.is_local:
        return 0.0
    if model.price is not None:
        return _priced(model.price, tokens)
    return _listed(provider, model, tokens)


def _priced(price: Price, tokens: Tokens) -> float:
    cached = price.input if price.cached is None else price.cached
    full = (
        (tokens.input - tokens.cached) * price.input + tokens.cached * cached + tokens.output * price.output
    )
    return full / 1_000_000


def _listed(provider: Provider, model: ModelEntry, tokens: Tokens) -> float | None:
    try:
        from genai_prices import Usage, calc_price  # noqa: PLC0415 - an optional package, loaded when asked
    except ImportError:
        return None
    usage = Usage(
        input_tokens=tokens.input, cache_read_tokens=tokens.cached or None, output_tokens=tokens.output
    )
    try:
        # By the address: two providers may sell a model of one name at two prices.
        return float(calc_price(usage, model.name, provider_api_url=provider.url).total_price)
    except (LookupError, ValueError):
        return None
