package dev.gatehouse.engine;

import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.Tensor;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The native memory in which the rows of one input lie next to each other, reused by every
 * execution of an instance.
 *
 * <p>A model may keep the tensor it was given, and read it at its next execution. So the memory is
 * never given back while the model is loaded, not even when it has become too small and another
 * takes its place; sizes are powers of two, which bounds what is kept to twice the largest batch.
 * For the same reason a caller's own buffer is never handed to the model.
 */
final class BatchBuffer {

  private static final long ALIGNMENT_BYTES = 64;

  private final Arena arena;
  private final Datatype datatype;
  private ByteBuffer memory;

  /** A buffer which allocates from {@code arena}, and is gone when that closes. */
  BatchBuffer(Arena arena, Datatype datatype) {
    this.arena = arena;
    this.datatype = datatype;
    this.memory = arena.allocate(ALIGNMENT_BYTES, ALIGNMENT_BYTES).asByteBuffer();
  }

  /**
   * Copies the rows of one input of all calls, and then the last row as often as the batch is
   * padded: what a caller sent is as good for the model as his own rows are, while zeros may not
   * be. Returns the memory, which may be longer.
   *
   * @throws IllegalArgumentException if the batch is larger than a buffer can be
   * @throws OutOfMemoryError if there is no memory for it; the buffer stays as it was
   */
  ByteBuffer gather(Batch batch, int input) {
    List<List<Tensor>> calls = batch.calls();
    int rowBytes = calls.getFirst().get(input).data().remaining() / batch.callRows()[0];
    reserve((long) rowBytes * batch.size());
    int offset = 0;
    for (int c = 0; c < calls.size(); c++) {
      ByteBuffer rows = calls.get(c).get(input).data();
      int length = rows.remaining();
      if (datatype == Datatype.BOOL) {
        putTruths(offset, rows);
      } else {
        memory.put(offset, rows, rows.position(), length);
      }
      offset += length;
    }
    for (int row = 0; row < batch.paddedRows(); row++) {
      memory.put(offset, memory, offset - rowBytes, rowBytes);
      offset += rowBytes;
    }
    return memory;
  }

  /** A BOOL other than 0 and 1 makes native code count wrong and write past what it allocated. */
  private void putTruths(int offset, ByteBuffer rows) {
    int start = rows.position();
    int length = rows.remaining();
    for (int i = 0; i < length; i++) {
      memory.put(offset + i, rows.get(start + i) == 0 ? (byte) 0 : (byte) 1);
    }
  }

  private void reserve(long bytes) {
    if (bytes <= memory.capacity()) {
      return;
    }
    if (bytes > 1L << 30) {
      if (bytes > Integer.MAX_VALUE) {
        throw new IllegalArgumentException("one input of a batch has at most 2 GiB");
      }
      memory = arena.allocate(Integer.MAX_VALUE, ALIGNMENT_BYTES).asByteBuffer();
    } else {
      long size = Long.highestOneBit(bytes - 1) << 1;
      memory = arena.allocate(size, ALIGNMENT_BYTES).asByteBuffer();
    }
  }
}
