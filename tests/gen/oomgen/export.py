# SPDX-License-Identifier: GPL-2.0-or-later
"""The same records as products that ship, store and show logs write them down.

A record is (us, host, text, program): microseconds of the wall clock, whose machine, what its
writer printed (with newlines where it printed several lines), and None for the kernel, else the
name of the program that wrote it. An export is (name, function, newest_first): of the list of
records the file's text; the second says how the product itself sorts."""

import csv
import io
import json
import time


def iso(us, frac=6, z='Z'):
    t = time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(us // 1000000))
    return t + (f'.{us % 1000000:06d}'[:frac + 1] if frac else '') + z


def ns(us):
    return str(us) + '000'


def lines(objects):
    return ''.join(json.dumps(o, separators=(',', ':')) + '\n' for o in objects)


def table(head, rows, sep=',', quote=csv.QUOTE_MINIMAL):
    f = io.StringIO()
    w = csv.writer(f, delimiter=sep, quoting=quote, lineterminator='\n')
    w.writerow(head)
    w.writerows(rows)
    return f.getvalue()


def ident(program):
    return program or 'kernel'


def elastic(r, n):
    us, host, text, program = r
    s = {'@timestamp': iso(us, 3), 'message': text, 'host': {'name': host, 'os': {'type': 'linux'}},
         'log': {'syslog': {'facility': {'name': 'user' if program else 'kern'}}},
         'agent': {'type': 'filebeat', 'name': 'shipper-' + host}}
    if program:
        s['process'] = {'name': program, 'pid': 811}
    return {'_index': 'syslog-2026.03', '_id': f'x{n}', '_score': None, '_source': s}


def journal(r):
    us, host, text, program = r
    d = {'__REALTIME_TIMESTAMP': str(us), '_HOSTNAME': host,
         '_TRANSPORT': 'syslog' if program else 'kernel', 'SYSLOG_FACILITY': '1' if program else '0',
         'SYSLOG_IDENTIFIER': ident(program), 'PRIORITY': '4', 'MESSAGE': text}
    if program:
        d['_PID'] = '811'
    return d


def labels(r):
    d = {'node': r[1], 'job': 'node-journal'}
    if r[3]:
        d.update(pod='web-0', container=r[3], namespace='shop')
    return d


def streams(recs):
    got = {}
    for r in recs:
        got.setdefault((r[1], r[3]), []).append(r)
    return got.values()


def e_loki_api(recs):
    return json.dumps({'status': 'success', 'data': {'resultType': 'streams', 'result': [
        {'stream': labels(s[0]), 'values': [[ns(r[0]), r[2]] for r in s]} for s in streams(recs)],
        'stats': {'summary': {'totalEntriesReturned': len(recs)}}}}) + '\n'


def e_loki_api_pretty(recs):
    return json.dumps(json.loads(e_loki_api(recs)), indent=2) + '\n'


def e_logcli(recs):
    return lines({'labels': labels(r), 'line': r[2], 'timestamp': iso(r[0])} for r in recs)


def e_grafana(recs):
    return json.dumps([{'line': r[2], 'timestamp': ns(r[0]), 'date': iso(r[0], 3),
                        'fields': labels(r)} for r in recs], indent=2)


def e_elastic_lines(recs):
    return lines(elastic(r, n) for n, r in enumerate(recs))


def e_elastic_search(recs):
    return json.dumps({'took': 4, 'timed_out': False, '_shards': {'total': 1, 'failed': 0},
                       'hits': {'total': {'value': len(recs), 'relation': 'eq'}, 'hits': [
                           elastic(r, n) for n, r in enumerate(recs)]}})


def e_elastic_pretty(recs):
    return json.dumps(json.loads(e_elastic_search(recs)), indent=2)


def e_kibana_fields(recs):
    got = []
    for n, r in enumerate(recs):
        h = elastic(r, n)
        s = h.pop('_source')
        h['fields'] = {'@timestamp': [s['@timestamp']], 'message': [s['message']],
                       'host.name': [s['host']['name']]}
        if r[3]:
            h['fields']['process.name'] = [r[3]]
        got.append(h)
    return json.dumps({'rawResponse': {'hits': {'hits': got}}}, indent=1)


def e_kibana_csv(recs):
    return table(['@timestamp', 'host.name', 'message', 'process.name'],
                 [[time.strftime('%b %-d, %Y @ %H:%M:%S', time.gmtime(r[0] // 1000000)) +
                   f'.{r[0] // 1000 % 1000:03d}', r[1], r[2], r[3] or '-'] for r in recs],
                 quote=csv.QUOTE_ALL)


def e_datadog_csv(recs):
    return '\ufeff' + table(['Date', 'Host', 'Service', 'Message'],
                            [[iso(r[0], 3), r[1], ident(r[3]), r[2]] for r in recs],
                            quote=csv.QUOTE_ALL)


def e_datadog_api(recs):
    return json.dumps({'data': [{'id': f'AQ{n}', 'type': 'log', 'attributes': {
        'timestamp': iso(r[0], 3), 'host': r[1], 'service': ident(r[3]), 'message': r[2],
        'status': 'warn', 'tags': ['env:prod']}} for n, r in enumerate(recs)]}, indent=2)


def e_cloudwatch_filter(recs):
    return json.dumps({'events': [{'logStreamName': r[1], 'timestamp': r[0] // 1000,
                                   'message': r[2], 'ingestionTime': r[0] // 1000 + 900,
                                   'eventId': f'{n:056d}'} for n, r in enumerate(recs)],
                       'searchedLogStreams': []}, indent=4)


def e_cloudwatch_insights(recs):
    return json.dumps({'results': [[
        {'field': '@timestamp', 'value': iso(r[0], 3, '').replace('T', ' ')},
        {'field': '@message', 'value': r[2]}, {'field': 'host', 'value': r[1]},
        {'field': '@ptr', 'value': f'Cm{n}'}] for n, r in enumerate(recs)],
        'statistics': {'recordsMatched': len(recs)}, 'status': 'Complete'}, indent=4)


def e_cloudwatch_csv(recs):
    return table(['@timestamp', '@message', 'host'],
                 [[iso(r[0], 3, '').replace('T', ' '), r[2], r[1]] for r in recs])


def e_container_insights(recs):
    return lines({'host': r[1], 'ident': ident(r[3]), 'message': r[2], 'az': 'eu-north-1a',
                  'time': r[0] // 1000, 'ec2_instance_id': 'i-0d1e2f3a4b5c6d7e8'} for r in recs)


def e_container_insights_events(recs):
    return json.dumps({'events': [{'timestamp': r[0] // 1000, 'eventId': f'{n:056d}',
                                   'message': json.dumps({'host': r[1], 'ident': ident(r[3]),
                                                          'message': r[2]})}
                                  for n, r in enumerate(recs)]})


def stackdriver(r, n):
    d = {'insertId': 'q' + 'x' * (n % 7) + str(n), 'timestamp': iso(r[0]), 'severity': 'WARNING',
         'resource': {'type': 'k8s_node', 'labels': {'node_name': r[1], 'cluster_name': 'c'}},
         'logName': 'projects/p/logs/kernel', 'receiveTimestamp': iso(r[0] + 900000)}
    if r[3]:
        d['resource'] = {'type': 'k8s_container', 'labels': {
            'container_name': r[3], 'pod_name': 'web-0', 'namespace_name': 'shop'}}
    return d


def e_stackdriver_json(recs):
    got = []
    for n, r in enumerate(recs):
        d = stackdriver(r, n)
        d['jsonPayload'] = {'MESSAGE': r[2], '_HOSTNAME': r[1], 'SYSLOG_IDENTIFIER': ident(r[3]),
                            '_TRANSPORT': 'syslog' if r[3] else 'kernel'}
        got.append(d)
    return json.dumps(got, indent=2)


def e_stackdriver_lower(recs):
    return json.dumps([dict(stackdriver(r, n), jsonPayload={'message': r[2]})
                       for n, r in enumerate(recs)], indent=2)


def e_stackdriver_text(recs):
    return lines(dict(stackdriver(r, n), textPayload=r[2]) for n, r in enumerate(recs))


def e_azure_csv(recs):
    def at(us):
        return time.strftime('%-m/%-d/%Y, %-I:%M:%S', time.gmtime(us // 1000000)) + \
            f'.{us // 1000 % 1000:03d} ' + time.strftime('%p', time.gmtime(us // 1000000))
    return table(['TimeGenerated [UTC]', 'Computer', 'Facility', 'SeverityLevel', 'ProcessName',
                  'SyslogMessage'],
                 [[at(r[0]), r[1], 'user' if r[3] else 'kern', 'warn', ident(r[3]), r[2]]
                  for r in recs])


def e_azure_tables(recs):
    cols = ['TimeGenerated', 'Computer', 'Facility', 'SeverityLevel', 'SyslogMessage']
    return json.dumps({'tables': [{'name': 'PrimaryResult', 'columns': [
        {'name': c, 'type': 'string'} for c in cols], 'rows': [
            [iso(r[0], 3), r[1], 'user' if r[3] else 'kern', 'warn', r[2]] for r in recs]}]})


def bsd(us):
    t = time.gmtime(us // 1000000)
    return time.strftime('%b ', t) + f'{t.tm_mday:2d}' + time.strftime(' %H:%M:%S', t)


def e_splunk_lines(recs):
    return lines({'preview': False, 'offset': n, 'result': {
        '_time': iso(r[0], 3, '+00:00'), 'host': r[1], 'source': '/var/log/messages',
        'sourcetype': 'syslog', '_raw': f'{bsd(r[0])} {r[1]} {ident(r[3])}: {t}'}}
        for n, (r, t) in enumerate((r, t) for r in recs for t in r[2].split('\n')))


def e_splunk_results(recs):
    return json.dumps({'preview': False, 'results': [
        {'_time': iso(r[0], 3, '+00:00'), 'host': r[1], 'source': '/var/log/messages',
         '_raw': r[2], 'process': ident(r[3])} for r in recs]})


def e_splunk_csv(recs):
    return table(['_time', 'host', 'source', '_raw', 'process'],
                 [[iso(r[0], 3, '+0000'), r[1], '/var/log/messages', r[2], ident(r[3])]
                  for r in recs], quote=csv.QUOTE_ALL)


def e_grafana_csv(recs):
    return table(['labels', 'Time', 'Line', 'tsNs'],
                 [[json.dumps(labels(r)), r[0] // 1000, r[2], ns(r[0])] for r in recs],
                 quote=csv.QUOTE_ALL)


def e_stackdriver_csv(recs):
    return table(['insertId', 'jsonPayload.MESSAGE', 'jsonPayload._TRANSPORT',
                  'resource.labels.node_name', 'timestamp'],
                 [[f'q{n}', r[2], 'syslog' if r[3] else 'kernel', r[1], iso(r[0])]
                  for n, r in enumerate(recs)])


def e_gelf(recs):
    return lines({'version': '1.1', 'host': r[1], 'short_message': r[2], 'level': 4,
                  'timestamp': r[0] / 1e6, '_facility': 'user' if r[3] else 'kern'} for r in recs)


def e_graylog(recs):
    return json.dumps({'query': '*', 'messages': [
        {'message': {'_id': f'{n:x}', 'message': r[2], 'source': r[1], 'timestamp': iso(r[0], 3),
                     'application_name': ident(r[3]), 'streams': ['0001']}, 'index': 'graylog_0'}
        for n, r in enumerate(recs)], 'total_results': len(recs)})


def e_graylog_csv(recs):
    return table(['timestamp', 'source', 'message', 'application_name'],
                 [[iso(r[0], 3), r[1], r[2], ident(r[3])] for r in recs], quote=csv.QUOTE_ALL)


def otlp(recs):
    def attributes(d):
        return [{'key': k, 'value': {'stringValue': v}} for k, v in d.items()]
    got = []
    for s in streams(recs):
        d = {'host.name': s[0][1]}
        if s[0][3]:
            d.update({'k8s.pod.name': 'web-0', 'k8s.container.name': s[0][3]})
        got.append({'resource': {'attributes': attributes(d)}, 'scopeLogs': [
            {'scope': {}, 'logRecords': [
                {'timeUnixNano': ns(r[0]), 'severityText': 'warn',
                 'body': {'stringValue': r[2]},
                 'attributes': attributes({'log.file.name': 'kern.log'})} for r in s]}]})
    return {'resourceLogs': got}


def e_otlp(recs):
    return json.dumps(otlp(recs))


def e_otlp_pretty(recs):
    return json.dumps(otlp(recs), indent=2)


def e_otlp_journald(recs):
    """The collector's receiver of the journal: the body has the fields."""
    d = otlp(recs)
    for s, rl in zip(streams(recs), d['resourceLogs']):
        rl['resource'] = {}
        for r, lr in zip(s, rl['scopeLogs'][0]['logRecords']):
            lr['body'] = {'kvlistValue': {'values': [
                {'key': k, 'value': {'stringValue': v}} for k, v in journal(r).items()]}}
    return json.dumps(d)


def e_otlp_lines(recs):
    """The collector's file exporter: a batch a line."""
    return lines(otlp(recs[i:i + 5]) for i in range(0, len(recs), 5))


def e_fluent_bit(recs):
    return lines(dict({'date': r[0] / 1e6, 'msg': r[2], 'hostname': r[1]},
                      **({'kubernetes': {'pod_name': 'web-0', 'container_name': r[3]}}
                         if r[3] else {'priority': 4, 'sequence': n}))
                 for n, r in enumerate(recs))


def e_fluent_bit_file(recs):
    return ''.join(f'{"kube." if r[3] else ""}kmsg.0: [{r[0] / 1e6:.9f}, ' +
                   json.dumps({'msg': r[2], 'hostname': r[1]}) + ']\n' for r in recs)


def e_fluent_bit_stdout(recs):
    return ''.join(f'[{n}] {"kube." if r[3] else ""}kmsg.0: [[{r[0] / 1e6:.9f}, {{}}], {{"msg"=>' +
                   json.dumps(r[2]) + f', "hostname"=>"{r[1]}"}}]\n' for n, r in enumerate(recs))


def e_fluentd(recs):
    return ''.join(f'{iso(r[0])}\t{"kubernetes.web-0" if r[3] else "kernel"}.{r[1]}\t' +
                   json.dumps({'message': r[2], 'hostname': r[1]}) + '\n' for r in recs)


def e_vector(recs):
    return lines({'appname': ident(r[3]), 'facility': 'user' if r[3] else 'kern', 'host': r[1],
                  'hostname': r[1], 'message': r[2], 'source_type': 'syslog',
                  'timestamp': iso(r[0])} for r in recs)


def e_vector_array(recs):
    return json.dumps([json.loads(x) for x in e_vector(recs).splitlines()])


def e_journal_json(recs):
    return lines(journal(r) for r in recs)


def e_journal_pretty(recs):
    return ''.join(json.dumps(journal(r), indent='\t') + '\n' for r in recs)


def e_journal_export(recs):
    got = ''
    for n, r in enumerate(recs):
        got += f'__CURSOR=s=61ab;i={n:x}\n'
        for k, v in journal(r).items():
            # what has newlines: the name, the length in 8 bytes, the text
            got += f'{k}\n{chr(len(v) & 255)}{chr(len(v) >> 8)}' + 6 * '\0' + v + '\n' \
                if '\n' in v else f'{k}={v}\n'
        got += '\n'
    return got


def e_papertrail(recs):
    return ''.join('\t'.join([str(7000 + n), iso(us), iso(us), '44', host, '203.0.113.9',
                              'User' if program else 'Kern', 'Warning', ident(program), t]) + '\n'
                   for n, (us, host, t, program) in enumerate(
                       (r[0], r[1], t, r[3]) for r in recs for t in r[2].split('\n')))


def e_logfmt(recs):
    return ''.join(f'ts={iso(us)} host={host} facility={"user" if program else "kern"} '
                   f'level=warn msg={json.dumps(t)}\n'
                   for us, host, t, program in recs)


def e_journal_text(recs):
    """journalctl: the further lines of a message are indented."""
    got = ''
    for us, host, text, program in recs:
        p = f'{bsd(us)} {host} {ident(program)}: '
        got += p + ('\n' + ' ' * len(p)).join(text.split('\n')) + '\n'
    return got


def e_journal_iso(recs):
    got = ''
    for us, host, text, program in recs:
        p = f'{iso(us, 0, "+0000")} {host} {ident(program)}: '
        got += p + ('\n' + ' ' * len(p)).join(text.split('\n')) + '\n'
    return got


def e_unknown(recs):
    return json.dumps({'dump': {'v': 3, 'parts': [
        {'seq': n, 'meta': {'at': r[0]}, 'payload': {'raw': {'content': r[2]}}}
        for n, r in enumerate(recs)]}}, indent=1)


def e_unknown_lines(recs):
    return lines({'n': n, 'blob': {'inner': [{'content': r[2]}]}} for n, r in enumerate(recs))


EXPORTS = {n[2:].replace('_', '-'): f for n, f in list(globals().items()) if n.startswith('e_')}
# What states whose machine a record is of, and when it was.
NO_HOST = {'cloudwatch-filter', 'unknown', 'unknown-lines'}
NO_TIME = {'unknown', 'unknown-lines'}
# What a program wrote cannot be told there.
NO_PROGRAM = {'cloudwatch-filter', 'cloudwatch-insights', 'cloudwatch-csv', 'unknown',
              'unknown-lines', 'stackdriver-lower', 'journal-text', 'journal-iso'}
# Records of one host and writer stand together; one of several kinds does not sort by time.
BY_STREAM = {'loki-api', 'loki-api-pretty', 'otlp', 'otlp-pretty', 'otlp-lines', 'otlp-journald'}
