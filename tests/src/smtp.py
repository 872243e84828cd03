"""A mail server of one test: it keeps each letter as a file, and does with the next one what the file `mode` says."""
import asyncio
import json
import os
import sys

from aiosmtpd.smtp import SMTP

port, folder = int(sys.argv[1]), sys.argv[2]
count = 0


def mode():
    with open(os.path.join(folder, "mode")) as file:
        return file.read().strip()


class Keeps:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if mode() == "refuse":
            return "550 5.1.1 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        global count
        count += 1
        if mode() == "drop":
            server.transport.abort()
            return "421 gone"
        if mode() == "slow":
            await asyncio.sleep(3600)
        letter = {
            "mode": mode(),
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "content": envelope.content.decode("utf-8", "replace"),
        }
        name = os.path.join(folder, f"{count:04}")
        with open(name + ".part", "w") as file:
            json.dump(letter, file)
        os.rename(name + ".part", name + ".json")
        return "451 4.7.1 come again" if mode() == "temp" else "250 OK"


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Keeps(), hostname="mail.example", enable_SMTPUTF8=True), "127.0.0.1", port)
    await server.serve_forever()


asyncio.run(main())
