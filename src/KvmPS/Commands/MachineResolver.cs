namespace KvmPS.Commands;

/// <summary>Turns names and patterns into machines for the cmdlets that take both names and objects.</summary>
internal static class MachineResolver
{
    /// <summary>Calls the action for each machine: the objects if there are any, else those that the names mean. A wrong name is its own error.</summary>
    public static void ForEach(KvmVM[]? machines, string[]? names, Action<object?, Action> forItem, Action<KvmVM> action)
    {
        foreach (KvmVM vm in machines ?? []) One(vm);
        if (machines is not null) return;
        foreach (string name in names ?? [])
        {
            if (TextFor<KvmVM>.Behind(name) is { } meant)
            {
                One(meant);
                continue;
            }

            IEnumerable<KvmVM> found = [];
            forItem(name, () => found = MachineRegistry.Find(name));
            foreach (KvmVM vm in found) forItem(vm, () => action(vm));
        }

        void One(KvmVM vm) => forItem(vm.Absence is null ? vm : vm.Name, () => action(vm.Absence is { } absence ? throw absence : vm));
    }
}
