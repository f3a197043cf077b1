"""What a service answers instead of an answer: an error of the table, in two headers."""

import msgspec

from subjects import codec, errors
from subjects.bus import Message

_infos = msgspec.json.Decoder(errors.ErrorInfo)


def raised(message: Message) -> None:
    """Nothing where the message is an answer; the error of the table where it is none."""
    failure = (message.headers or {}).get("Nats-Service-Error")
    if failure is not None:
        if message.data:
            raise errors.raised_from(codec.decode(message.data, _infos))
        code, _, text = failure.partition(": ")
        raise errors.BY_CODE.get(code, errors.RevoError)(text)


def refusal(error: errors.RevoError) -> dict[str, str]:
    """The headers of a message that `raised` turns into this error; ends of lines become spaces."""
    text = " ".join(f"{error.code}: {error.message}".split())
    return {"Nats-Service-Error": text, "Nats-Service-Error-Code": str(error.status)}
