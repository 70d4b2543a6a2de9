"""Runs a command in a network namespace whose only way out is slow.

slow-way.py DELAY_MS IPV6 PORTS HOSTS -- COMMAND...

The command reaches 10.203.0.1:PORT, which is 127.0.0.1:PORT of the caller. Every packet takes DELAY_MS per direction.
IPV6 is "absent" (unreachable at once) or "swallowed" (a route on which nothing ever answers). HOSTS is its /etc/hosts.
Two TUN devices and this program between them: sch_netem is not part of every kernel. Needs root. Exit code 77: may not.
"""
import asyncio
import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import sys

CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
PR_SET_PDEATHSIG, SIGKILL = 1, 9
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
HERE, THERE = "10.203.0.1", "10.203.0.2"
libc = ctypes.CDLL(None, use_errno=True)


def must(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def tun(address, six):
    """A namespace of its own for this thread, with loopback and one TUN device; its file descriptor."""
    must(libc.unshare(CLONE_NEWNET))
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", b"way", IFF_TUN | IFF_NO_PI))
    commands = ["link set lo up", "addr add %s/24 dev way" % address, "link set way up"]
    if six:
        commands.append("-6 addr add 2001:db8:203::2/64 dev way nodad")
    for command in commands:
        subprocess.run(["ip", *command.split()], check=True)
    return fd


def enter(hosts):
    must(libc.prctl(PR_SET_PDEATHSIG, SIGKILL))
    must(libc.unshare(CLONE_NEWNS))
    must(libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None))
    must(libc.mount(hosts.encode(), b"/etc/hosts", None, MS_BIND, None))


def carry(loop, source, target, delay):
    def read():
        packet = os.read(source, 65536)
        if packet[0] >> 4 == 4:
            loop.call_later(delay, os.write, target, packet)

    loop.add_reader(source, read)


async def pour(reader, writer):
    try:
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
        writer.write_eof()
    except OSError:
        writer.close()


def relay(port):
    async def serve(reader, writer):
        try:
            to_reader, to_writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(pour(reader, to_writer), pour(to_reader, writer))
        writer.close()
        to_writer.close()

    return serve


async def main(delay, six, ports, hosts, command):
    loop = asyncio.get_running_loop()
    outside = os.open("/proc/self/ns/net", os.O_RDONLY)
    try:
        near = tun(HERE, False)
        listeners = {port: socket.create_server((HERE, port), backlog=128) for port in ports}
        far = tun(THERE, six)
        child = subprocess.Popen(command, preexec_fn=lambda: enter(hosts))
    except (OSError, subprocess.SubprocessError) as error:
        print("slow-way: %s" % error, file=sys.stderr)
        return 77
    must(libc.setns(outside, CLONE_NEWNET))
    for port, listener in listeners.items():
        await asyncio.start_server(relay(port), sock=listener)
    carry(loop, near, far, delay)
    carry(loop, far, near, delay)
    return await loop.run_in_executor(None, child.wait)


separator = sys.argv.index("--")
milliseconds, ipv6, forwarded, hosts_file = sys.argv[1:separator]
code = asyncio.run(
    main(
        int(milliseconds) / 1000,
        ipv6 == "swallowed",
        [int(port) for port in forwarded.split(",")],
        hosts_file,
        sys.argv[separator + 1 :],
    )
)
sys.stdout.flush()
os._exit(code)
