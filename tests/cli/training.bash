# What the tests of rnn-train share: tiny networks on the starter tunes.
# SPDX-License-Identifier: MIT
load helper

setup_file() {
    find_tools
    make_starter
}

setup() {
    mkdir "$BATS_TEST_TMPDIR/here"
    cd "$BATS_TEST_TMPDIR/here" || return
}

train() {
    t rnn-train --set data.sequences="$SEQ" $TINY --run ./run "$@"
}

# A longer run in the background: $PID
start() {
    interruptible "$BIN/rnn-train" --set data.sequences="$SEQ" $TINY \
        --set train.epochs=20 --run ./run "$@" >out 2>err 3>&- &
    PID=$!
}

# End of the background process: $status
ended() {
    status=0
    wait $PID || status=$?
}

# The run in the folder parts/ is the one in whole/, byte for byte.
same_result() {
    local f
    for f in best.safetensors last.safetensors config.ini metrics.tsv loss.svg; do
        cmp whole/run/$f parts/run/$f
    done
}

# Everything in the run, to see whether it changed.
sums() {
    (cd run && find . -type f -exec sha256sum {} + | sort -k2)
}
