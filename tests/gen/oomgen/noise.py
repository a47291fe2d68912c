# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines of others between the lines of a dump."""

from .dump import INFO, WARN, Rec

OTHERHOST = ('marsh-2', ('eth2: link up, 1000 Mbps, full duplex', 'Total swap partition checked',
                         'md3: resync done.', 'active_connections:1204 free:77'))
SUBSYS = ('usb 2-1.4: new high-speed USB device number 17 using ehci-pci',
          'flintnet 0000:03:00.0 enp3s0: Link is Down',
          'EXT4-fs (dm-4): re-mounted. Opts: errors=remount-ro',
          'TCP: request_sock_TCP: Possible SYN flooding on port 8443. Sending cookies.',
          'perf: interrupt took too long (3142 > 3127), lowering '
          'kernel.perf_event_max_sample_rate to 63600')
USER = (('sshd[4410]', 'Accepted publickey for wren from 192.0.2.17 port 50118 ssh2'),
        ('paperq[911]', 'queue depth 41, free: 12 slots, oldest 3s'),
        ('systemd[1]', 'Started Session 881 of user wren.'),
        ('CRON[5120]', '(root) CMD (/usr/local/sbin/rotate-thumbs --quiet)'))


def _foreign(after, level, text, task=7, host=None, tag=None, late=2):
    r = Rec(level, [text], after.us + late, task, None)
    r.host, r.foreign = host, tag
    return r


def weave(recs, kinds, every=9):
    """A foreign record behind every @every-th record, the @kinds taking turns."""
    out, turn = [], 0
    for n, r in enumerate(recs):
        out.append(r)
        if n % every != every - 1 or n == len(recs) - 1:
            continue
        kind = kinds[turn % len(kinds)]
        k = turn // len(kinds)
        turn += 1
        if kind == 'otherhost':
            host, texts = OTHERHOST
            out.append(_foreign(r, INFO, texts[k % len(texts)], host=host))
        elif kind == 'subsystem':
            out.append(_foreign(r, WARN, SUBSYS[k % len(SUBSYS)], task=1731))
        elif kind == 'user':
            tag, text = USER[k % len(USER)]
            out.append(_foreign(r, INFO, text, tag=tag, late=0))
        elif kind == 'suppressed':
            out.append(_foreign(r, WARN, f'printk: {7 + k} messages suppressed.'))
        elif kind == 'repeated':
            out.append(_foreign(r, INFO, f'message repeated {2 + k} times: [ flintnet 0000:03:00.0 '
                                'enp3s0: rx ring empty]', tag='rsyslogd'))
    return out


def merge(a, b):
    """Two dumps at once: records by time."""
    return sorted(a + b, key=lambda r: r.us)
