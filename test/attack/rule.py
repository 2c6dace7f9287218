"""Reads `strace -f -y` of a run of root's and prints what processes that are still root
do to names below a directory: rule.py TRACE DIRECTORY; or, what any process of it did
outside of these places: rule.py --outside TRACE PLACE..."""
import os, re, sys

outside = sys.argv[1] == '--outside'
trace, *places = sys.argv[2 if outside else 1:]


def is_below(path):
    return any(path == place or path.startswith(place + '/') for place in places)


user, cwd = {}, {}
held = {}
first = None
WRITES = re.compile(r'O_WRONLY|O_RDWR|O_CREAT|O_TRUNC')
CALLS = ('unlink', 'unlinkat', 'rename', 'renameat', 'renameat2', 'mkdir', 'mkdirat', 'rmdir', 'link', 'linkat',
         'symlink', 'symlinkat', 'chmod', 'fchmodat', 'chown', 'lchown', 'fchownat', 'truncate', 'utimensat', 'mknod')
for line in open(trace, errors='replace'):
    m = re.match(r'(\d+) +(.*)', line)
    if not m:
        continue
    pid, text = m.groups()
    if first is None:
        first = pid
        user[pid], cwd[pid] = 0, os.getcwd()
    if text.endswith('<unfinished ...>'):
        held[pid] = text[:-len('<unfinished ...>')]
        continue
    m = re.match(r'<\.\.\. \w+ resumed>(.*)', text)
    if m:
        text = held.pop(pid, '') + m.group(1)
    user.setdefault(pid, 0), cwd.setdefault(pid, '/')
    if re.match(r'(clone|clone3|fork|vfork)\(', text):
        m = re.search(r'= (\d+)', text)
        if m:
            user[m.group(1)], cwd[m.group(1)] = user[pid], cwd[pid]
        continue
    m = re.match(r'(setuid|setresuid|setreuid)\((\d+)', text)
    if m and text.rstrip().endswith('= 0'):
        user[pid] = int(m.group(2))
        continue
    m = re.match(r'chdir\("([^"]*)"\) += 0', text)
    if m:
        cwd[pid] = os.path.normpath(os.path.join(cwd[pid], m.group(1)))
        continue
    m = re.match(r'fchdir\(\d+<([^>]*)>\) += 0', text)
    if m:
        cwd[pid] = m.group(1)
        continue
    m = re.match(r'(\w+)\((.*)', text)
    if not m or user[pid] != 0 and not outside or outside and ' = -1 E' in text:
        continue
    call, rest = m.groups()
    if call in ('open', 'openat'):
        if not WRITES.search(rest):
            continue
    elif call not in CALLS:
        continue
    base = cwd[pid]
    for directory, name in re.findall(r'(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"', rest):
        path = os.path.normpath(os.path.join(directory or base, name))
        if is_below(path) != outside:
            print(pid, call, path)
