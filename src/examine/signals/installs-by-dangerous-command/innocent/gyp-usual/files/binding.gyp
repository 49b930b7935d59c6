{
  # headers
  "targets": [{
    "target_name": "addon",
    "include_dirs": [
      "<!(node -p \"require('node-addon-api').include\")",
      "<!@(node -p \"require('node-addon-api').include_dir\")",
      "<!(node -e \"require('nan')\")",
      "<!@(pkg-config --cflags-only-I libpng | sed s/-I//g)"
    ],
    "variables": { "has": "<!(node ./util/has_lib.js gif)", "os": "<!(uname -s 2>/dev/null)" },
    "actions": [{ "action_name": "gen", "inputs": [], "outputs": [], "action": ["python3", "gen.py", "<@(_inputs)"] }]
  }]
}
