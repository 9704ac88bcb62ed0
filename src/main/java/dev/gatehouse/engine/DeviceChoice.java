package dev.gatehouse.engine;

import java.util.ArrayList;
import java.util.List;

/** Which devices the engine uses. */
public sealed interface DeviceChoice {

  /** The most GPUs of one machine that are used. */
  int GPUS_MAX = 64;

  /** All GPUs when the native libraries are for CUDA and a GPU is seen, else the CPU. */
  record Auto() implements DeviceChoice {}

  /** The CPU, even where there is a GPU. */
  record Cpu() implements DeviceChoice {}

  /**
   * These GPUs; the engine does not start when one of them cannot be used.
   *
   * @param ordinals their numbers as CUDA counts them, 0 to 63, each once
   */
  record Gpus(List<Integer> ordinals) implements DeviceChoice {
    /**
     * Copies the list and checks it.
     *
     * @throws IllegalArgumentException if it is empty, or names a GPU twice or out of range
     */
    public Gpus {
      ordinals = List.copyOf(ordinals);
      if (ordinals.isEmpty() || ordinals.stream().distinct().count() != ordinals.size()) {
        throw new IllegalArgumentException("GPUs are named at least one, and each once");
      }
      if (ordinals.stream().anyMatch(ordinal -> ordinal < 0 || ordinal >= GPUS_MAX)) {
        throw new IllegalArgumentException("a GPU's number is 0 to " + (GPUS_MAX - 1));
      }
    }
  }

  /**
   * Reads {@code auto}, {@code cpu} or {@code gpu:0,1}.
   *
   * @throws IllegalArgumentException if it is none of these
   */
  static DeviceChoice parse(String text) {
    if (text.equals("auto")) {
      return new Auto();
    }
    if (text.equals("cpu")) {
      return new Cpu();
    }
    if (!text.matches("gpu:[0-9]{1,2}(,[0-9]{1,2})*")) {
      throw new IllegalArgumentException("a device choice is auto, cpu or gpu:0,1");
    }
    List<Integer> ordinals = new ArrayList<>();
    for (String ordinal : text.substring("gpu:".length()).split(",", -1)) {
      ordinals.add(Integer.valueOf(ordinal));
    }
    return new Gpus(ordinals);
  }
}
