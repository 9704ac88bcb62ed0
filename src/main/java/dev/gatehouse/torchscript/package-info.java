/**
 * TorchScript archives in pure Java.
 *
 * <p>For now only tells whether bytes have the structure of one. TorchScript is code, so this says
 * nothing about what a model does when it is loaded.
 *
 * <p>Threads: none; no state.
 *
 * <p>Bounds: at most {@link dev.gatehouse.torchscript.ArchiveCheck#ENTRIES_MAX} entries are looked
 * at; nothing is inflated.
 */
@NullMarked
package dev.gatehouse.torchscript;

import org.jspecify.annotations.NullMarked;
