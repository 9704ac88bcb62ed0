package dev.gatehouse.edge;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.stubs.inference.ModelInferResponse.InferOutputTensor;

/**
 * What responses say of an output beside its elements, as messages that are made once: they are the
 * same for every call of a model with as many rows, are immutable, and know their size.
 */
final class OutputHeads {

  /** The most that are kept; those used least make room. */
  static final int ENTRIES_MAX = 1_024;

  private final LoadingCache<Key, InferOutputTensor> heads =
      Caffeine.newBuilder()
          .maximumSize(ENTRIES_MAX)
          .executor(Runnable::run)
          .build(OutputHeads::make);

  private record Key(String name, Datatype datatype, Shape shape) {}

  /** Name, datatype and shape of {@code tensor}. */
  InferOutputTensor of(Tensor tensor) {
    return heads.get(new Key(tensor.name(), tensor.datatype(), tensor.shape()));
  }

  private static InferOutputTensor make(Key key) {
    InferOutputTensor.Builder output =
        InferOutputTensor.newBuilder().setName(key.name()).setDatatype(key.datatype().name());
    for (int i = 0; i < key.shape().rank(); i++) {
      output.addShape(key.shape().dimension(i));
    }
    return output.build();
  }
}
