#!/bin/sh
# Print the newest Python that Bimo can use, or say what is missing and how to get it.
set -u
old=''
bare=''
for name in python3.13 python3.12 python3.11 python3; do
    found=$(command -v "$name" 2>/dev/null) || continue
    # A name may lead nowhere: version managers leave such shims behind.
    version=$("$found" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
    if ! "$found" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        old=$version
    elif "$found" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "$found"
        exit 0
    else
        bare=${bare:-$name}
    fi
done

if [ -n "$bare" ]; then
    echo "$bare is here, but without its venv module. On Debian and Ubuntu: sudo apt-get install $bare-venv" >&2
    echo "找到了 $bare，但缺少 venv 模块。Debian / Ubuntu 请运行：sudo apt-get install $bare-venv" >&2
else
    if [ -n "$old" ]; then
        echo "Bimo needs Python 3.11 or newer; the newest one found here is $old." >&2
        echo "笔墨需要 Python 3.11 或更新的版本；本机最新的是 $old。" >&2
    else
        echo "Bimo needs Python 3.11 or newer; there is no python3 here." >&2
        echo "笔墨需要 Python 3.11 或更新的版本；本机没有 python3。" >&2
    fi
    echo "Debian / Ubuntu: sudo apt-get install python3 python3-venv    macOS: brew install python" >&2
fi
exit 1
