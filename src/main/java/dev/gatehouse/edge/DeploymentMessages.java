package dev.gatehouse.edge;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.registry.DeploymentSettings;
import dev.gatehouse.registry.NonFiniteOutputs;
import dev.gatehouse.registry.OversizedCalls;
import dev.gatehouse.registry.Rollout;
import dev.gatehouse.serving.DeploymentWish;
import dev.gatehouse.stubs.admin.v1.Canary;
import dev.gatehouse.stubs.admin.v1.DeployModelVersionRequest;
import dev.gatehouse.stubs.admin.v1.Deployment;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Deployments as protobuf messages, read and written. */
final class DeploymentMessages {

  private DeploymentMessages() {}

  static DeploymentWish wish(Deployment deployment) {
    return new DeploymentWish(
        new DeploymentWish.Batching(
            deployment.getMaxBatchRows(),
            deployment.hasMaxQueueDelay()
                ? Protobuf.duration("deployment.max_queue_delay", deployment.getMaxQueueDelay())
                : null,
            deployment.getPreferredBatchRowsList(),
            deployment.getAllowedBatchRowsList(),
            oversizedCalls(deployment.getOversizedCalls()),
            deployment.hasLatencyObjective()
                ? Protobuf.duration(
                    "deployment.latency_objective", deployment.getLatencyObjective())
                : null),
        new DeploymentWish.Queue(
            deployment.getMaxQueueRows(),
            deployment.getMaxQueueBytes(),
            deployment.getMaxQueueCalls(),
            deployment.getMaxCallerQueuePercent()),
        new DeploymentWish.Execution(
            deployment.getInstancesPerDevice(),
            deployment.hasExecutionLimit()
                ? Protobuf.duration("deployment.execution_limit", deployment.getExecutionLimit())
                : null,
            nonFiniteOutputs(deployment.getNonFiniteOutputs())),
        canary("deployment.canary", deployment.getCanary()));
  }

  private static @Nullable OversizedCalls oversizedCalls(Deployment.OversizedCalls message) {
    return switch (message) {
      case OVERSIZED_CALLS_UNSPECIFIED -> null;
      case OVERSIZED_CALLS_SPLIT -> OversizedCalls.SPLIT;
      case OVERSIZED_CALLS_REFUSE -> OversizedCalls.REFUSE;
      case UNRECOGNIZED ->
          throw ResourceNames.invalid("deployment.oversized_calls", "known values only");
    };
  }

  private static @Nullable NonFiniteOutputs nonFiniteOutputs(Deployment.NonFiniteOutputs message) {
    return switch (message) {
      case NON_FINITE_OUTPUTS_UNSPECIFIED -> null;
      case NON_FINITE_OUTPUTS_PASS -> NonFiniteOutputs.PASS;
      case NON_FINITE_OUTPUTS_REFUSE -> NonFiniteOutputs.REFUSE;
      case UNRECOGNIZED ->
          throw ResourceNames.invalid("deployment.non_finite_outputs", "known values only");
    };
  }

  static dev.gatehouse.registry.Canary canary(String field, Canary message) {
    Set<CallerId> callers = new HashSet<>();
    for (String caller : message.getCallersList()) {
      callers.add(ResourceNames.caller(field + ".callers", caller));
    }
    return new dev.gatehouse.registry.Canary(message.getPercent(), callers);
  }

  static Rollout rollout(DeployModelVersionRequest.Rollout message) {
    return switch (message) {
      case ROLLOUT_UNSPECIFIED, ROLLOUT_BESIDE -> Rollout.BESIDE;
      case ROLLOUT_REPLACE_DEFAULT -> Rollout.REPLACE_DEFAULT;
      case UNRECOGNIZED -> throw ResourceNames.invalid("rollout", "known values only");
    };
  }

  static Deployment message(DeploymentSettings settings) {
    DeploymentSettings.Batching batching = settings.batching();
    DeploymentSettings.Queue queue = settings.queue();
    DeploymentSettings.Execution execution = settings.execution();
    Deployment.Builder message =
        Deployment.newBuilder()
            .setMaxBatchRows(batching.rowsMax())
            .setMaxQueueDelay(Protobuf.duration(batching.delayMax()))
            .addAllPreferredBatchRows(batching.preferredRows())
            .addAllAllowedBatchRows(batching.allowedRows())
            .setOversizedCalls(
                switch (batching.oversizedCalls()) {
                  case SPLIT -> Deployment.OversizedCalls.OVERSIZED_CALLS_SPLIT;
                  case REFUSE -> Deployment.OversizedCalls.OVERSIZED_CALLS_REFUSE;
                })
            .setLatencyObjective(Protobuf.duration(batching.latencyObjective()))
            .setMaxQueueRows(queue.rowsMax())
            .setMaxQueueBytes(queue.bytesMax())
            .setMaxQueueCalls(queue.callsMax())
            .setMaxCallerQueuePercent(queue.callerShareMaxPercent())
            .setInstancesPerDevice(execution.instancesPerDevice())
            .setExecutionLimit(Protobuf.duration(execution.limit()))
            .setNonFiniteOutputs(
                switch (execution.nonFiniteOutputs()) {
                  case PASS -> Deployment.NonFiniteOutputs.NON_FINITE_OUTPUTS_PASS;
                  case REFUSE -> Deployment.NonFiniteOutputs.NON_FINITE_OUTPUTS_REFUSE;
                });
    if (!settings.canary().none()) {
      message.setCanary(message(settings.canary()));
    }
    return message.build();
  }

  private static Canary message(dev.gatehouse.registry.Canary canary) {
    return Canary.newBuilder()
        .setPercent(canary.percent())
        .addAllCallers(canary.callers().stream().map(ResourceNames::of).sorted().toList())
        .build();
  }
}
