"""Asks a meter with client libraries from PyPI and prints what they make of the answers, as one JSON object.

clients.py homewizard HOST:PORT | clients.py dsmr PORT VERSION
"""

import asyncio
import json
import logging
import sys
from functools import partial

from dsmr_parser.clients.protocol import create_tcp_dsmr_reader
from homewizard_energy import HomeWizardEnergyV1
from homewizard_energy.errors import HomeWizardEnergyException


class Problems(logging.Handler):
    """What the libraries complain about."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


async def result_of(work):
    """The result, or the error that a program with this library sees."""
    try:
        result = await work
    except HomeWizardEnergyException as error:
        return {"error": type(error).__name__}
    return result.to_dict() if hasattr(result, "to_dict") else result


async def homewizard(host):
    async with HomeWizardEnergyV1(host) as api:
        return {
            "device": await result_of(api.device()),
            "measurement": await result_of(api.measurement()),
            "system": await result_of(api.system()),
            "identify": await result_of(api.identify()),
            "telegram": await result_of(api.telegram()),
        }


async def dsmr(port, version):
    received = asyncio.get_running_loop().create_future()

    def take(telegram):
        if not received.done():
            received.set_result(json.loads(telegram.to_json()))

    connect = partial(create_tcp_dsmr_reader, "127.0.0.1", int(port), version, take)
    transport, _ = await connect(loop=asyncio.get_running_loop())
    try:
        return await received
    finally:
        transport.close()


problems = Problems()
logging.getLogger().addHandler(problems)
what, *arguments = sys.argv[1:]
seen = asyncio.run({"homewizard": homewizard, "dsmr": dsmr}[what](*arguments))
print(json.dumps({"seen": seen, "problems": problems.lines}, default=str))
