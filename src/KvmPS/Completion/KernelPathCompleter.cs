namespace KvmPS;

/// <summary>Completes paths of kernels.</summary>
internal sealed class KernelPathCompleter() : FilePathCompleter("vmlinu*", "bzImage*", "*.elf", "kernel*", "*.multiboot");
