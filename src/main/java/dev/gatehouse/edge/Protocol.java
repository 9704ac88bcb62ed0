package dev.gatehouse.edge;

import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.TensorSpec;
import dev.gatehouse.serving.ModelConfiguration;
import dev.gatehouse.serving.RepositoryEntry;
import dev.gatehouse.serving.Tally;
import dev.gatehouse.serving.VersionCounts;
import dev.gatehouse.stubs.inference.DataType;
import dev.gatehouse.stubs.inference.InferBatchStatistics;
import dev.gatehouse.stubs.inference.InferStatistics;
import dev.gatehouse.stubs.inference.ModelConfig;
import dev.gatehouse.stubs.inference.ModelDynamicBatching;
import dev.gatehouse.stubs.inference.ModelInput;
import dev.gatehouse.stubs.inference.ModelInstanceGroup;
import dev.gatehouse.stubs.inference.ModelMetadataResponse.TensorMetadata;
import dev.gatehouse.stubs.inference.ModelOutput;
import dev.gatehouse.stubs.inference.ModelStatistics;
import dev.gatehouse.stubs.inference.RepositoryIndexResponse.ModelIndex;
import dev.gatehouse.stubs.inference.StatisticDuration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** What the use cases tell, in the words of the Open Inference Protocol and its extensions. */
final class Protocol {

  /** The protocol's name for models made of TorchScript. */
  static final String PLATFORM = "pytorch_libtorch";

  /** The extensions that are there, by the names under which Triton documents them. */
  static final List<String> EXTENSIONS =
      List.of("model_repository", "schedule_policy", "model_configuration", "statistics");

  private static final String BACKEND = "pytorch";
  private static final String GPU_PREFIX = "gpu:";

  private Protocol() {}

  /** A declared tensor; its shape includes the batch dimension. */
  static TensorMetadata metadata(TensorSpec spec) {
    TensorMetadata.Builder metadata =
        TensorMetadata.newBuilder().setName(spec.name()).setDatatype(spec.datatype().name());
    for (int d = 0; d < spec.shape().rank(); d++) {
      metadata.addShape(spec.shape().dimension(d));
    }
    return metadata.build();
  }

  /** How a version runs; dimensions leave out the batch dimension. */
  static ModelConfig config(ModelConfiguration configuration) {
    ModelConfig.Builder config =
        ModelConfig.newBuilder()
            .setName(configuration.model().value())
            .setPlatform(PLATFORM)
            .setBackend(BACKEND)
            .setMaxBatchSize(configuration.batchRowsMax())
            .setDynamicBatching(
                ModelDynamicBatching.newBuilder()
                    .addAllPreferredBatchSize(configuration.preferredBatchRows())
                    .setMaxQueueDelayMicroseconds(
                        TimeUnit.NANOSECONDS.toMicros(configuration.queueDelayMax().toNanos())))
            .addAllInstanceGroup(groups(configuration.devices()));
    for (TensorSpec spec : configuration.signature().inputs()) {
      config.addInput(
          ModelInput.newBuilder()
              .setName(spec.name())
              .setDataType(type(spec.datatype()))
              .addAllDims(rowDimensions(spec.shape())));
    }
    for (TensorSpec spec : configuration.signature().outputs()) {
      config.addOutput(
          ModelOutput.newBuilder()
              .setName(spec.name())
              .setDataType(type(spec.datatype()))
              .addAllDims(rowDimensions(spec.shape())));
    }
    return config.build();
  }

  private static List<Long> rowDimensions(Shape shape) {
    List<Long> dimensions = new ArrayList<>();
    for (int d = 1; d < shape.rank(); d++) {
      dimensions.add(shape.dimension(d));
    }
    return dimensions;
  }

  /** One group for each kind of device and number of instances on it. */
  private static List<ModelInstanceGroup> groups(List<String> devices) {
    Map<String, Integer> instances = new TreeMap<>();
    devices.forEach(device -> instances.merge(device, 1, Integer::sum));
    Map<Integer, ModelInstanceGroup.Builder> gpus = new TreeMap<>();
    List<ModelInstanceGroup> groups = new ArrayList<>();
    instances.forEach(
        (device, count) -> {
          if (device.startsWith(GPU_PREFIX)) {
            gpus.computeIfAbsent(count, c -> group(ModelInstanceGroup.Kind.KIND_GPU, c))
                .addGpus(Integer.parseInt(device.substring(GPU_PREFIX.length())));
          } else {
            groups.add(group(ModelInstanceGroup.Kind.KIND_CPU, count).build());
          }
        });
    gpus.values().forEach(group -> groups.add(group.build()));
    return groups;
  }

  private static ModelInstanceGroup.Builder group(ModelInstanceGroup.Kind kind, int count) {
    return ModelInstanceGroup.newBuilder().setKind(kind).setCount(count);
  }

  private static DataType type(Datatype datatype) {
    return switch (datatype) {
      case BOOL -> DataType.TYPE_BOOL;
      case UINT8 -> DataType.TYPE_UINT8;
      case INT8 -> DataType.TYPE_INT8;
      case INT32 -> DataType.TYPE_INT32;
      case INT64 -> DataType.TYPE_INT64;
      case FP16 -> DataType.TYPE_FP16;
      case FP32 -> DataType.TYPE_FP32;
      case FP64 -> DataType.TYPE_FP64;
    };
  }

  /** What a version has done. */
  static ModelStatistics statistics(VersionCounts counts) {
    ModelStatistics.Builder statistics =
        ModelStatistics.newBuilder()
            .setName(counts.model().value())
            .setVersion(counts.version().value())
            .setLastInference(counts.lastRunMillis())
            .setInferenceCount(counts.rows())
            .setExecutionCount(counts.executions())
            .setInferenceStats(
                InferStatistics.newBuilder()
                    .setSuccess(duration(counts.success()))
                    .setFail(duration(counts.fail()))
                    .setQueue(duration(counts.queue()))
                    .setComputeInput(duration(counts.assemble()))
                    .setComputeInfer(duration(counts.compute()))
                    .setComputeOutput(duration(counts.scatter())));
    for (VersionCounts.OfSize size : counts.batches()) {
      statistics.addBatchStats(
          InferBatchStatistics.newBuilder()
              .setBatchSize(size.rows())
              .setComputeInput(duration(size.assemble()))
              .setComputeInfer(duration(size.compute()))
              .setComputeOutput(duration(size.scatter())));
    }
    return statistics.build();
  }

  private static StatisticDuration duration(Tally tally) {
    return StatisticDuration.newBuilder().setCount(tally.count()).setNs(tally.nanos()).build();
  }

  /** One version in the index; the states have the protocol's names. */
  static ModelIndex index(RepositoryEntry entry) {
    return ModelIndex.newBuilder()
        .setName(entry.model().value())
        .setVersion(entry.version().value())
        .setState(entry.state().name())
        .setReason(entry.reason())
        .build();
  }
}
