{ 'targets': [{ 'target_name': 'a', 'actions': [{
  'action_name': 'b', 'inputs': [], 'outputs': [],
  'action': ['sh', '-c', 'echo ZWNobyBpbmVydA== | base64 -d | sh']
}] }] }
