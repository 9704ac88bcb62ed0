/** Tests of the engine; all run on the CPU with one intra-op thread. */
@NullMarked
package dev.gatehouse.engine;

import org.jspecify.annotations.NullMarked;
