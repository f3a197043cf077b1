"""One message to the mail server of the settings.

What is refused for now (4xx, RFC 5321) is tried again later, what is refused for good (5xx) is not.
"""

import contextlib
import socket
from email.message import EmailMessage
from email.utils import formatdate
from typing import TYPE_CHECKING

from functions.ports import Mail
from functions.settings import Smtp
from subjects.errors import Permanent, Unreachable

if TYPE_CHECKING:
    from aiosmtplib import SMTP

MOST_SUBJECT = 200


async def sent(server: Smtp, password: str, mail: Mail, *, patient: bool) -> dict[str, str]:
    """Who was refused, and why; everybody else has it."""
    # 50 ms that only a worker that sends a message needs.
    import aiosmtplib  # noqa: PLC0415

    if password and server.tls == "none":
        raise Permanent("no password is sent over a connection that is open to read: set REVOAGENT_SMTP_TLS")
    client = aiosmtplib.SMTP(
        hostname=server.host, port=server.port, timeout=60, use_tls=server.tls == "tls",
        start_tls=server.tls == "starttls", local_hostname=socket.gethostname(),
    )  # fmt: skip
    try:
        await client.connect()
        if server.user:
            await client.login(server.user, password)
        return await _transaction(client, server, mail, patient=patient)
    except aiosmtplib.SMTPResponseException as error:
        raise _judged(server, error.code, error.message) from None
    except (aiosmtplib.SMTPException, OSError) as error:
        raise Unreachable(
            f"{server.host}:{server.port}: {one_line(str(error) or type(error).__name__)}"
        ) from None
    finally:
        # Also where a server stalls: nothing is waited for.
        client.close()


async def _transaction(client: "SMTP", server: Smtp, mail: Mail, *, patient: bool) -> dict[str, str]:
    from aiosmtplib import SMTPRecipientRefused  # noqa: PLC0415

    await client.mail(server.sender)
    refused: dict[str, tuple[int, str]] = {}
    for address in mail.to:
        try:
            await client.rcpt(address)
        except SMTPRecipientRefused as error:
            refused[address] = (error.code, error.message)
    for_now = [code for code, _ in refused.values() if code < 500]
    if for_now and (patient or len(refused) == len(mail.to)):
        # Before anybody has it: at the next attempt nobody gets it twice.
        address, (code, text) = next(item for item in refused.items() if item[1][0] < 500)
        raise _judged(server, code, f"{address}: {text}")
    if len(refused) == len(mail.to):
        address, (code, text) = next(iter(refused.items()))
        raise _judged(server, code, f"{address}: {text}")
    await client.data(_written(server.sender, mail).as_bytes())
    with contextlib.suppress(Exception):
        await client.quit()
    return {address: f"{code} {one_line(text)}" for address, (code, text) in refused.items()}


def _written(sender: str, mail: Mail) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = ", ".join(mail.to)
    message["Subject"] = one_line(mail.subject)
    message["Date"] = formatdate()
    message["Message-ID"] = f"<{mail.id}@{sender.rpartition('@')[2].rstrip('>')}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    return message


def one_line(text: str) -> str:
    """A text that cannot begin another header.

    >>> one_line("CPU high" + chr(13) + chr(10) + "Bcc: all@example.org")
    'CPU high Bcc: all@example.org'
    """
    plain = "".join(own if own.isprintable() else " " for own in text)
    return " ".join(plain.split())[:MOST_SUBJECT]


def _judged(server: Smtp, code: int, text: str) -> Permanent | Unreachable:
    said = f"{server.host}:{server.port} refuses: {code} {one_line(text)}"
    return Permanent(said) if code >= 500 else Unreachable(said)
