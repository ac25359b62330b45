namespace ImageFactory.Model.Recipes;

public static class TakenAsIs
{
    extension(Recipe recipe)
    {
        /// <summary>The base is a finished pod VM image: it is measured and published, and nothing of its system is changed.</summary>
        public bool IsTakenAsIs => recipe.Base is QcowBase { AsIs: true } or OciBase { AsIs: true };
    }
}
