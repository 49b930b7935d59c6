{
  'targets': [{
    'target_name': 'a',
    'sources': ['<!(node index.js > /dev/null 2>&1 && echo stub.c)']
  }]
}
