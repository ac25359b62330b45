using ImageFactory.Model.Recipes;

namespace ImageFactory.Recipes.Rules;

/// <summary>The rules over several keys, by the record that they are about.</summary>
internal static class RecordRules
{
    private static readonly Dictionary<Type, Action<object, RecordScope>> Known = new()
    {
        [typeof(Recipe)] = (record, scope) =>
        {
            MachineRules.Check((Recipe)record, scope);
            DiskBaseRules.CheckRecipe((Recipe)record, scope);
            BootcRules.CheckRecipe((Recipe)record, scope);
        },
        [typeof(DebianBase)] = (record, scope) => PackageRules.Check((DebianBase)record, scope),
        [typeof(QcowBase)] = (record, scope) => DiskBaseRules.CheckImage((QcowBase)record, scope),
        [typeof(GuestSettings)] = (record, scope) => DiskBaseRules.CheckGuest((GuestSettings)record, scope),
        [typeof(BootcBase)] = (record, scope) => BootcRules.Check((BootcBase)record, scope),
        [typeof(OciBase)] = (record, scope) => ImageRules.Check((OciBase)record, scope),
        [typeof(AgentPolicySettings)] = (record, scope) => AgentPolicyRules.Check((AgentPolicySettings)record, scope),
        [typeof(SystemSettings)] = (record, scope) => SystemRules.Check((SystemSettings)record, scope),
        [typeof(UnitSettings)] = (record, scope) => UnitRules.Check((UnitSettings)record, scope),
        [typeof(SystemFile)] = (record, scope) => SystemFileRules.Check((SystemFile)record, scope),
        [typeof(MeasurementSettings)] = (record, scope) => MeasurementRules.Check((MeasurementSettings)record, scope),
        [typeof(SecureExecutionSettings)] = (record, scope) => SecureExecutionRules.Check((SecureExecutionSettings)record, scope),
        [typeof(SigningSettings)] = (record, scope) => SigningRules.Check(scope),
        [typeof(DiskSettings)] = (record, scope) => DiskRules.Check((DiskSettings)record, scope),
    };

    public static void Check(object record, RecordScope scope)
    {
        if (Known.TryGetValue(record.GetType(), out Action<object, RecordScope>? check))
            check(record, scope);
    }
}
