using System.Reflection;
using ImageFactory.Build.Tasks;

namespace ImageFactory.Build.Hosting;

/// <summary>The tasks there are, in the order of the help text. A new task is one file and one line here: looking for them costs start-up time.</summary>
internal static class TaskCatalog
{
    public static IReadOnlyList<Type> Types { get; } =
    [
        typeof(DefaultTask),
        typeof(ValidateTask),
        typeof(PlanTask),
        typeof(BuildTask),
        typeof(BootCheckTask),
        typeof(ReproduceTask),
        typeof(PublishTask),
        typeof(TestTask),
        typeof(CleanTask),
        typeof(DoctorTask),
        typeof(SchemaTask),
    ];

    public static string NameOf(Type task) =>
        task.GetCustomAttribute<TaskNameAttribute>()?.Name ?? throw new InvalidOperationException($"{task} has no [TaskName]");

    public static string DescriptionOf(Type task) => task.GetCustomAttribute<TaskDescriptionAttribute>()?.Description ?? "";

    public static IReadOnlyList<Type> DependenciesOf(Type task) => [.. task.GetCustomAttributes<IsDependentOnAttribute>().Select(a => a.Task)];
}
