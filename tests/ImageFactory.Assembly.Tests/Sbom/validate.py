"""validate.py SCHEMAS DOCUMENT: what CycloneDX's own schema says of a document."""
import glob, json, os, sys
from jsonschema import Draft7Validator, RefResolver

store = {}
for path in glob.glob(os.path.join(sys.argv[1], "*.schema.json")):
    schema = json.load(open(path))
    for name in (schema["$id"], os.path.basename(path), os.path.basename(path).replace(".schema", ".SNAPSHOT.schema")):
        store[name] = schema
        store["http://cyclonedx.org/schema/" + name] = schema
main = store["bom-1.6.schema.json"]
errors = list(Draft7Validator(main, resolver=RefResolver(main["$id"], main, store)).iter_errors(json.load(open(sys.argv[2]))))
for error in errors[:10]:
    print("/".join(str(p) for p in error.absolute_path), error.message[:200])
sys.exit(1 if errors else 0)
