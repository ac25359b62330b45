namespace ImageFactory.Model.Recipes;

/// <summary>What keeps others from changing the root file system unnoticed.</summary>
public enum RootProtection
{
    None,

    /// <summary>A hash tree; the root hash is on the command line.</summary>
    Verity,

    /// <summary>Encryption with a key that only the guest has.</summary>
    Luks,
}

public static class RootProtections
{
    extension(Recipe recipe)
    {
        /// <summary>Secure Execution decides it where it is used, else <c>disk.integrity</c>.</summary>
        public RootProtection RootProtection => recipe.SecureExecution switch
        {
            { Root: SecureRoot.Luks } => RootProtection.Luks,
            { Root: SecureRoot.Verity } => RootProtection.Verity,
            _ => recipe.Disk.Integrity == Integrity.Verity ? RootProtection.Verity : RootProtection.None,
        };
    }
}
