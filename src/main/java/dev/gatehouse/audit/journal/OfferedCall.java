package dev.gatehouse.audit.journal;

import dev.gatehouse.audit.PlainCall;

/**
 * A call that is recorded if there is room.
 *
 * @param call the call
 * @param atMicros when it was offered
 */
record OfferedCall(PlainCall call, long atMicros) {}
