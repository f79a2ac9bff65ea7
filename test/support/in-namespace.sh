#!/bin/sh
# Stands in for `node` where vitest starts a worker: the worker gets namespaces of its own first. See namespaces.ts.
# Runs as the same process throughout, so that vitest's channel and its signals reach the worker.
PATH="$PATH:/usr/sbin:/sbin"
export PATH
exec unshare $QBG_UNSHARE -- sh -c '
  ip link set lo up &&
  mount -t tmpfs tmpfs /run &&
  exec "$QBG_NODE" "$@"
' worker "$@"
