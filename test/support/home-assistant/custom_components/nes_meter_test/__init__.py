"""Lets a test compile statistics at times of its own: the wall clock is moved, and Home Assistant's timers do not notice."""

from datetime import timedelta

import voluptuous as vol

from homeassistant.components import websocket_api
from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.tasks import StatisticsTask
from homeassistant.util import dt as dt_util

PERIOD = timedelta(minutes=5)


async def async_setup(hass, config):
    """Adds the command to the WebSocket API."""
    websocket_api.async_register_command(hass, compile_statistics)
    return True


@websocket_api.websocket_command(
    {
        vol.Required("type"): "nes_meter_test/compile_statistics",
        vol.Required("start"): str,
        vol.Required("end"): str,
    }
)
@websocket_api.async_response
async def compile_statistics(hass, connection, msg):
    """Compiles the five-minute periods from start up to, but not including, end, and waits for them."""
    instance = get_instance(hass)
    start, end = (dt_util.parse_datetime(msg[key]) for key in ("start", "end"))
    await instance.async_block_till_done()
    while start < end:
        instance.queue_task(StatisticsTask(start, True))
        start += PERIOD
    await instance.async_block_till_done()
    connection.send_result(msg["id"])
